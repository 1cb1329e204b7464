package replay

import "bayyina/platform/ledger/read"

// The claims on the log itself, in the order in which they are told. Beside each
// id ".says", ".how", ".belief" and, where a policy or witnesses are necessary,
// ".missing" name its sentences. Those of ".how" have the arguments told here; a
// claim that is false tells "log.faults" with Count; where the log could not be read
// to its end the others tell "log.unread" with the Sequence from which on.
const (
	claimConsistent  = "log.consistent"  // how: Count entries, Checkpoints compared
	claimOrigin      = "log.origin"      // how: Origin; missing: no policy
	claimGenesis     = "log.genesis"     // how: Signers (names, joined by commas), Count keys
	claimReal        = "log.real"        // how: of a real log; rehearsal: of a rehearsal; missing: no policy
	claimWitnessed   = "log.witnessed"   // how: Count checkpoints, Witnesses (names); missing: no policy; nobody: it asks for no witness
	claimTimes       = "log.times"       // how: Count entries, Seconds of tolerance; missing, nobody: as above
	claimFresh       = "log.fresh"       // how: Time; missing: no policy; nobody: no quorum of witnesses says
	claimSignatures  = "log.signatures"  // how: Count entries, Signatures by known keys
	claimDecisions   = "log.decisions"   // how: Count entries of a kind that a rule is made for
	claimAttachments = "log.attachments" // how: Count, Bytes
	claimKinds       = "log.kinds"       // how: Count entries; missing: Count entries not checked, Kinds (joined by commas)
)

var claimOrder = []string{
	claimConsistent, claimOrigin, claimGenesis, claimReal, claimWitnessed, claimTimes, claimFresh,
	claimSignatures, claimDecisions, claimAttachments, claimKinds,
}

// The codes of faults that the replay finds beside read.Violations, with the
// arguments of "fault." followed by the code. Args of every one: none but these.
const (
	// Of checkpoints. Size is that of the checkpoint.
	checkpointMalformed = "checkpoint-malformed" // Size, -1 for the newest
	checkpointMissing   = "checkpoint-missing"   // Size: an entry names it and it was not kept
	checkpointOrigin    = "checkpoint-origin"    // Size, Origin: of another log
	checkpointSignature = "checkpoint-signature" // Size: not signed by the log's key
	checkpointRoot      = "checkpoint-root"      // Size: the entries have another root
	checkpointWitnesses = "checkpoint-witnesses" // Size, Count cosignatures that do not make a quorum
	cosignatureInvalid  = "cosignature-invalid"  // Size: a line claims to be by a witness and does not verify
	historyRewritten    = "history-rewritten"    // Size: what an earlier run checked is not the beginning of this log

	// Of files.
	bundleMissing     = "bundle-missing"     // Bundle: the log cannot be read from here on
	bundleDamaged     = "bundle-damaged"     // Bundle: the same
	tileMissing       = "tile-missing"       // Path
	tileDamaged       = "tile-damaged"       // Path: its hashes are not those of the entries
	packMissing       = "pack-missing"       // Path
	packDamaged       = "pack-damaged"       // Path
	attachmentMissing = "attachment-missing" // SHA256
	attachmentDamaged = "attachment-damaged" // SHA256

	// Of entries.
	entryMalformed     = "entry-malformed"
	statementMalformed = "statement-malformed"
	bodyNotCanonical   = "body-not-canonical" // Kind
	entryOrigin        = "entry-origin"       // Origin: the envelope is of another log
	entrySequence      = "entry-sequence"     // Claimed: the number by which it calls itself
	entryAfter         = "entry-after"        // After: decreases, or is above the sequence
	genesisNotAlone    = "genesis-not-alone"  // the genesis is not alone under the first checkpoint
	timeBackwards      = "time-backwards"     // Before: the time of the entry before
	timeTooEarly       = "time-too-early"     // Witnessed, Size: before the witnesses saw the checkpoint that it names
	timeTooLate        = "time-too-late"      // Witnessed, Size: after they saw the checkpoint that covers it
	statementOrigin    = "statement-origin"   // Origin: the statement is meant for another log
	statementWindow    = "statement-window"   // From, Until
	idReused           = "id-reused"          // ID: this statement's id stands in the log before
)

// claimOf tells which claim a fault makes false. A violation not listed is one of
// the genesis at entry 0, and of decisions after it.
var claimOf = map[string]string{
	checkpointMalformed: claimConsistent, checkpointMissing: claimConsistent, checkpointOrigin: claimConsistent,
	checkpointSignature: claimConsistent, checkpointRoot: claimConsistent, historyRewritten: claimConsistent,
	checkpointWitnesses: claimWitnessed, cosignatureInvalid: claimWitnessed,

	bundleMissing: claimConsistent, bundleDamaged: claimConsistent, tileMissing: claimConsistent, tileDamaged: claimConsistent,
	packMissing: claimAttachments, packDamaged: claimAttachments, attachmentMissing: claimAttachments, attachmentDamaged: claimAttachments,

	entryMalformed: claimConsistent, statementMalformed: claimConsistent, bodyNotCanonical: claimConsistent,
	entryOrigin: claimConsistent, entrySequence: claimConsistent, entryAfter: claimConsistent,
	statementOrigin: claimConsistent, idReused: claimConsistent, genesisNotAlone: claimGenesis,
	timeBackwards: claimTimes, timeTooEarly: claimTimes, timeTooLate: claimTimes, statementWindow: claimTimes,

	read.EntrySignature: claimSignatures, read.StatementSignature: claimSignatures, read.SignatureMissing: claimSignatures,
	read.SignaturesMissing: claimDecisions, read.EntryAfterClose: claimDecisions,
	read.GenesisMissing: claimGenesis, read.GenesisAgain: claimGenesis, read.SoftwarePasskey: claimReal,
	read.PolicyOrigin: claimOrigin, read.PolicyCheckpointKey: claimOrigin, read.PolicyGenesis: claimOrigin,
	read.RehearsalAsReal: claimReal, read.RealAsRehearsal: claimReal,
}

// Claims lists the ids of the claims on the log itself.
func Claims() []string { return append([]string(nil), claimOrder...) }

// Codes lists the codes of all faults that the replay can find.
func Codes() []string {
	return append(read.Violations(),
		checkpointMalformed, checkpointMissing, checkpointOrigin, checkpointSignature, checkpointRoot,
		checkpointWitnesses, cosignatureInvalid, historyRewritten,
		bundleMissing, bundleDamaged, tileMissing, tileDamaged, packMissing, packDamaged, attachmentMissing, attachmentDamaged,
		entryMalformed, statementMalformed, bodyNotCanonical, entryOrigin, entrySequence, entryAfter, genesisNotAlone,
		timeBackwards, timeTooEarly, timeTooLate, statementOrigin, statementWindow, idReused)
}

// Messages lists the ids of all messages that the replay can tell.
func Messages() []string {
	ids := []string{"log.faults", "log.unread", claimReal + ".rehearsal"}
	for _, id := range claimOrder {
		ids = append(ids, id+".says", id+".how", id+".belief")
	}
	for _, id := range []string{claimOrigin, claimReal, claimWitnessed, claimTimes, claimFresh, claimKinds} {
		ids = append(ids, id+".missing")
	}
	for _, id := range []string{claimWitnessed, claimTimes, claimFresh} {
		ids = append(ids, id+".nobody")
	}
	for _, code := range Codes() {
		ids = append(ids, "fault."+code)
	}
	return ids
}
