"""Steps 7 to 9: a source whose every answer is checked against the signed block before a view sees it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from liveledger.domain import rlp
from liveledger.domain.hashing import keccak
from liveledger.domain.ordered_trie import EMPTY_ROOT
from liveledger.domain.streams import Leaf, StreamHead, stream_slot
from liveledger.verifier import layout, listing, trie
from liveledger.verifier.accounts import Proofs
from liveledger.verifier.anchor import ContractPin, TrustAnchor
from liveledger.verifier.completeness import check_stream
from liveledger.verifier.disclosures import Disclosure
from liveledger.verifier.execution import Account, ExecutionHeader, decode_slot
from liveledger.verifier.receipts import Log, Receipt
from liveledger.verifier.refusal import Code, Refusal, Step
from liveledger.verifier.sections import Document, IndexedProof, LeafSection, ReadingProof, Sections
from liveledger.verifier.source import Contract, Page, SensorBatch, StreamPage

RAW_ACCOUNT = "Account"
_SPARE = {"receipt": Code.RECEIPT_PROOF, "transaction": Code.TRANSACTION_PROOF}


class EvidenceSource:
    """Implements ``Source`` over a bundle's evidence. Proofs are used in the order in which a view asks."""

    def __init__(self, sections: Sections, proofs: Proofs, header: ExecutionHeader, anchor: TrustAnchor) -> None:
        self._sections, self._proofs, self._header, self._anchor = sections, proofs, header, anchor
        self._accounts: dict[str, Account | None] = {}
        self._pages = iter(sections.pages or ())
        self._used = {"contracts"}

    @property
    def evm_chain_id(self) -> int:
        """Chain id inside the EVM, from the anchor."""
        return self._anchor.evm_chain_id

    @property
    def block_number(self) -> int:
        """Number of the signed execution block."""
        return self._header.number

    @property
    def block_time(self) -> int:
        """Time of the signed execution block (Unix seconds)."""
        return self._header.time

    def contract(self, name: str, versions: tuple[int, ...] = (1,)) -> Contract:
        """Step 7: address and code hash by the pinned Directory, in form 1 those of genesis by the anchor."""
        if name == layout.DIRECTORY:
            _require_version(name, self._anchor.form, versions)
            return self._directory()
        pin = self._pin(name)
        _require_version(name, pin.version, versions)
        self._check_code(name, self._open_account(name, pin.address), pin.code_hash)
        return Contract(name, pin.address, pin.code_hash)

    def older(self, name: str, version: int, address: bytes) -> Contract:
        """Step 7 for a version by its number: its entry in the Directory says the same address, in whatever state."""
        if self._anchor.form == 1:
            raise _unknown(f"an anchor of form 1 knows no older version of {name}")
        try:
            entry = listing.Entry.read(partial(self.slot, self._directory()), name, version)
        except listing.NotListed as error:
            raise _unknown(str(error)) from None
        if entry is None or entry.address != address:
            raise _unknown(f"the directory lists another {name} {version} than the one that was taken over")
        section = f"{name}/{version}"
        self._check_code(section, self._open_account(section, address), entry.code_hash)
        return Contract(section, address, entry.code_hash)

    def account(self, address: bytes) -> Contract:
        """Step 7 for an address of the client's own: its code must be the pinned one where the anchor pins it."""
        account = self._open_account(RAW_ACCOUNT, address)
        for name, pin in {**self._anchor.contracts, layout.DIRECTORY: self._anchor.directory}.items():
            if pin.address == address:
                self._check_code(name, account, pin.code_hash)
        return Contract(RAW_ACCOUNT, address, account.code_hash if account else b"")

    def slot(self, contract: Contract, slot: bytes) -> int | None:
        """Step 8: the slot's value by the next storage proof of the contract."""
        account = self._accounts[contract.name]
        root = account.storage_root if account else EMPTY_ROOT
        try:
            value = self._proofs.slot(contract.name, root, slot)
            return None if value is None else decode_slot(value)
        except (trie.TrieError, rlp.RlpError) as error:
            sentence = f"a storage proof of {contract.name}: {error}"
            raise Refusal(Step.EVIDENCE, Code.STORAGE_PROOF, sentence) from None

    def leaves(self, contract: Contract, stream_id: bytes, page: Page, begun: Sequence[Contract] = ()) -> StreamPage:
        """Steps 8 and 9: the stream's word, then its leaves."""
        word = self.slot(contract, stream_slot(stream_id))
        return check_stream(
            self._page(word, page),
            word,
            page,
            chain_id=self.evm_chain_id,
            homes=[home.address for home in (contract, *begun)],
            stream_id=stream_id,
        )

    def log(self, contract: Contract, topics: Sequence[bytes]) -> Log:
        """Step 8: a log in a receipt with status 1."""
        receipt = self._receipt(self._sections.receipt)
        log = receipt.find(contract.address, topics) if receipt.status == 1 else None
        if log is None:
            sentence = f"the receipt holds no such log of {contract.name}, or its transaction failed"
            raise Refusal(Step.EVIDENCE, Code.LOG_MISMATCH, sentence)
        return log

    def transaction(self, digest: bytes) -> tuple[int, int, Receipt]:
        """Step 8: the transaction by its hash, and the receipt at the same index."""
        self._used.add("transaction")
        section = self._sections.transaction
        if section is None:
            raise Refusal(Step.EVIDENCE, Code.TRANSACTION_PROOF, "the transaction is not given")
        raw = self._entry(section, self._header.transactions_root, Code.TRANSACTION_PROOF)
        if keccak(raw) != digest:
            raise Refusal(Step.EVIDENCE, Code.WRONG_QUESTION, "the proven transaction is another one")
        if self._sections.receipt is None or self._sections.receipt.index != section.index:
            raise Refusal(Step.EVIDENCE, Code.RECEIPT_PROOF, "the receipt is not that of the transaction")
        return section.index, raw[0] if raw[0] < 0x80 else 0, self._receipt(self._sections.receipt)

    def documents(self, _digests: Sequence[bytes], /) -> Sequence[Document | None]:
        """As given; the view checks each against its hash."""
        self._used.add("documents")
        return self._sections.documents

    def disclosures(self, _digests: Sequence[bytes], /) -> Sequence[Disclosure | None]:
        """As given; the view checks each against its hash."""
        self._used.add("disclosures")
        return self._sections.disclosures

    def payloads(self, _contract: Contract, _feed: bytes, _leaves: Sequence[Leaf], /) -> Sequence[bytes]:
        """As given; the view checks each against its hash."""
        self._used.add("payloads")
        return self._sections.payloads

    def inputs(self, _contract: Contract, _agreement: bytes, _leaves: Sequence[Leaf], /) -> Sequence[Sequence[bytes]]:
        """As given; the view checks them against their hash."""
        self._used.add("inputs")
        return self._sections.inputs

    def reading(self, _batch: SensorBatch, _time: int, /) -> ReadingProof | None:
        """As given; the view checks it against the root."""
        self._used.add("reading")
        return self._sections.reading

    def finish(self) -> None:
        """Refuses sections and proofs that the view did not ask for."""
        spare = {name for name in self._sections.names - self._used if getattr(self._sections, name)}
        if next(self._pages, None):
            spare.add("leaves")
        for name in sorted(spare):
            raise Refusal(Step.EVIDENCE, _SPARE.get(name, Code.LEAF_PROOF), f"the section {name} is not needed")
        self._proofs.finish()

    def _page(self, word: int | None, page: Page) -> LeafSection | None:
        """The leaves of the page that is asked for; pages of which there are several bring none for an empty one."""
        self._used.add("leaves")
        if self._sections.pages is None:
            return self._sections.leaves
        head = StreamHead.from_word(word or 0)
        return next(self._pages, None) if head and page.first < head.count else None

    def _pin(self, name: str) -> ContractPin:
        pinned = self._anchor.contracts.get(name)
        if self._anchor.form == 1 and name in layout.GENESIS:
            if pinned is None:
                raise _unknown(f"the anchor does not name {name}")
            return pinned
        listed = self._listed(name)
        older = pinned is not None and listed.version < pinned.version
        if older or (pinned is not None and listed.version == pinned.version and listed != pinned):
            raise _unknown(f"the directory's entry of {name} contradicts the anchor")
        return listed

    def _listed(self, name: str) -> ContractPin:
        """The Directory's entry, asked always: else a server could answer from a contract that was replaced."""
        directory = self._directory()
        try:
            return listing.find(self._anchor.form, partial(self.slot, directory), name, self.block_number)
        except listing.NotListed as error:
            raise _unknown(str(error)) from None

    def _directory(self) -> Contract:
        pin = self._anchor.directory
        if layout.DIRECTORY not in self._accounts:
            self._check_code(layout.DIRECTORY, self._open_account(layout.DIRECTORY, pin.address), pin.code_hash)
        return Contract(layout.DIRECTORY, pin.address, pin.code_hash)

    def _open_account(self, name: str, address: bytes) -> Account | None:
        try:
            value = self._proofs.account(name, self._header.state_root, address)
            account = None if value is None else Account.decode(value)
        except (trie.TrieError, rlp.RlpError) as error:
            raise Refusal(Step.CONTRACTS, Code.ACCOUNT_PROOF, f"account proof of {name}: {error}") from None
        self._accounts[name] = account
        return account

    @staticmethod
    def _check_code(name: str, account: Account | None, code_hash: bytes) -> None:
        if account is None or account.code_hash != code_hash:
            raise _unknown(f"the code of {name} is not the one that is trusted")

    def _receipt(self, section: IndexedProof | None) -> Receipt:
        self._used.add("receipt")
        if section is None:
            raise Refusal(Step.EVIDENCE, Code.RECEIPT_PROOF, "the receipt is not given")
        data = self._entry(section, self._header.receipts_root, Code.RECEIPT_PROOF)
        try:
            return Receipt.decode(data)
        except rlp.RlpError as error:
            raise Refusal(Step.EVIDENCE, Code.RECEIPT_PROOF, str(error)) from None

    def _entry(self, section: IndexedProof, root: bytes, code: Code) -> bytes:
        try:
            value = self._proofs.entry(section, root)
        except trie.TrieError as error:
            raise Refusal(Step.EVIDENCE, code, str(error)) from None
        if value is None:
            raise Refusal(Step.EVIDENCE, code, f"the block has nothing at index {section.index}")
        return value


def _require_version(name: str, version: int, versions: tuple[int, ...]) -> None:
    if version not in versions:
        raise _unknown(f"{name} has version {version}, which this view does not read")


def _unknown(sentence: str) -> Refusal:
    return Refusal(Step.CONTRACTS, Code.UNKNOWN_CONTRACT, sentence)
