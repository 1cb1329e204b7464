package read

// Violation is something in the log that breaks its own order of keys, rules and
// witnesses. Its code is stable: the catalogues have a sentence for "fault."
// followed by it, in which the arguments stand.
type Violation struct {
	Code   string
	Args   map[string]any // strings and integers
	Detail string         // in English, for whoever digs
}

// Error returns the code with the detail.
func (v *Violation) Error() string { return v.Code + ": " + v.Detail }

type args = map[string]any

func violation(code, detail string, a args) *Violation {
	return &Violation{Code: code, Args: a, Detail: detail}
}

// Codes of violations.
const (
	// Of the genesis.
	GenesisMissing   = "genesis-missing"   // entry 0 is none, or none that can be read; args none
	GenesisAgain     = "genesis-again"     // a second one
	GenesisSignature = "genesis-signature" // Key: a root key that it names and that did not sign
	GenesisKeys      = "genesis-keys"      // no root or entry key, or not exactly one checkpoint key with the origin's name: Role
	GenesisPasskeys  = "genesis-passkeys"  // passkeys without relying party or origin
	GenesisPrevious  = "genesis-previous"  // the log that it succeeds is malformed

	// Of keys.
	KeyMalformed     = "key-malformed"                // Key
	KeyRole          = "key-role"                     // Key, Role: no such role, or a key of another type than the role signs with
	KeyNameReused    = "key-name-reused"              // Key
	KeyReused        = "key-reused"                   // Key, Other: one public key under two names
	KeySoftware      = "key-software"                 // Key: marked as software and no passkey
	SoftwarePasskey  = "software-passkey-in-real-log" // Key
	KeyUnknown       = "key-unknown"                  // Key: removed, and not valid
	CheckpointChange = "checkpoint-key-changed"       // Key
	TooManyKeys      = "too-many-keys"                // Limit

	// Of rules, witnesses and the end.
	BodyMalformed      = "body-malformed"      // Kind
	RuleMalformed      = "rule-malformed"      // Kind: that the rule is for
	RuleWeakened       = "rule-weakened"       // Kind, Role, Have, Need
	WitnessesMalformed = "witnesses-malformed" // witnesses or quorum that cannot be
	CloseMalformed     = "close-malformed"     // Successor
	EntryAfterClose    = "entry-after-close"   // Sequence: of the close
	LogKindUnknown     = "log-kind-unknown"    // Kind: of the log's own, and none of this protocol

	// Of signatures.
	EntrySignature     = "entry-signature"     // no good signature by a valid entry key; Key where one is bad
	StatementSignature = "statement-signature" // Key: its line does not verify
	SignaturesMissing  = "signatures-missing"  // Kind, Role, Have, Need
	SignatureMissing   = "signature-missing"   // Kind: unknown, and no valid key signed

	// Of a log under a policy.
	PolicyOrigin        = "policy-origin"         // Origin, Policy
	PolicyCheckpointKey = "policy-checkpoint-key" // Key, Policy
	PolicyGenesis       = "policy-genesis"        // Key: that had to sign the genesis as root
	RehearsalAsReal     = "rehearsal-as-real"
	RealAsRehearsal     = "real-as-rehearsal"
)

// Codes of what is wrong with a receipt (docs/PROTOCOL.md section 10).
const (
	ReceiptMalformed  = "receipt-malformed"
	ReceiptOrigin     = "receipt-origin"     // Origin, Policy
	ReceiptCheckpoint = "receipt-checkpoint" // Key: of the log, did not sign the checkpoint
	ReceiptWitnesses  = "receipt-witnesses"  // Have: good cosignatures, no quorum, or one that does not verify
	ReceiptProof      = "receipt-proof"      // Sequence: the entry is not in the log
	ReceiptEntry      = "receipt-entry"      // Sequence: the entry contradicts itself or its place
)

// ReceiptViolations lists the codes of receipts.
func ReceiptViolations() []string {
	return []string{ReceiptMalformed, ReceiptOrigin, ReceiptCheckpoint, ReceiptWitnesses, ReceiptProof, ReceiptEntry}
}

// Violations lists the codes of a log's keys, rules, witnesses and signatures.
func Violations() []string {
	return []string{
		GenesisMissing, GenesisAgain, GenesisSignature, GenesisKeys, GenesisPasskeys, GenesisPrevious,
		KeyMalformed, KeyRole, KeyNameReused, KeyReused, KeySoftware, SoftwarePasskey, KeyUnknown, CheckpointChange, TooManyKeys,
		BodyMalformed, RuleMalformed, RuleWeakened, WitnessesMalformed, CloseMalformed, EntryAfterClose, LogKindUnknown,
		EntrySignature, StatementSignature, SignaturesMissing, SignatureMissing,
		PolicyOrigin, PolicyCheckpointKey, PolicyGenesis, RehearsalAsReal, RealAsRehearsal,
	}
}
