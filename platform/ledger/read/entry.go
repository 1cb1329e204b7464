package read

import "time"

// Entry is one entry of the log: the server's envelope around a statement
// (docs/PROTOCOL.md section 4).
type Entry struct {
	Sequence  int64     // index in the log
	Time      time.Time // the server's time, whole seconds, UTC
	After     int64     // size of the newest checkpoint published before it
	Statement Statement
	Raw       []byte   // the entry's bytes in the log
	SignedBy  []string // names of the keys, valid at this entry, whose signatures on the statement are good
	Faults    []Fault  // what the replay found wrong with it
}

// Statement is what somebody says (docs/PROTOCOL.md section 3).
type Statement struct {
	Origin string    // the log that it is meant for
	Kind   string    // kind with version, such as "vote.ballot/1"
	ID     string    // 32 hex digits
	From   time.Time // its window of validity
	Until  time.Time
	Body   []byte // one line of JSON, without the line's end
	Text   []byte // the whole signed text
}

// Attachment names bytes that stand beside the log.
type Attachment struct {
	SHA256 string `json:"sha256"` // 64 hex digits
	Size   int64  `json:"size"`   // bytes
}
