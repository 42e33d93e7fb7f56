"""Stock health: how much of a brand's revenue is bound in its stock, and when its purchasing is frozen."""
