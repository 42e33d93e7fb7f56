//go:build tools

// Package engine pins the two programs that a node runs beside the bridge.
// Nothing here is compiled into LiveLedger: the go tool builds their main
// packages, unmodified, at exactly the versions of go.mod and go.sum.
package engine

import (
	_ "github.com/cometbft/cometbft/cmd/cometbft"
	_ "github.com/ethereum/go-ethereum/cmd/geth"
)
