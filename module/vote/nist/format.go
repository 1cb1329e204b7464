// Package nist writes the result of an election as NIST SP 1500-100 has it, Election Results Common Data
// Format version 2.0: as JSON and as XML, which validate against its schemas. What it writes depends on
// the log alone, so that anybody makes the same bytes again.
package nist

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
)

// kind is the type of an object: a member of the JSON, and an attribute of the XML where the schema's
// element has a type that others extend.
type kind string

// MarshalJSON writes the type's full name.
func (k kind) MarshalJSON() ([]byte, error) { return json.Marshal("ElectionResults." + string(k)) }

// MarshalXMLAttr leaves the attribute out where the element says the type.
func (k kind) MarshalXMLAttr(name xml.Name) (xml.Attr, error) {
	switch k {
	case "ReportingUnit", "CandidateContest", "PartyContest", "CandidateSelection", "PartySelection":
		return xml.Attr{Name: name, Value: string(k)}, nil
	}
	return xml.Attr{}, nil
}

// refs name other objects: a list in JSON, names with spaces between in XML.
type refs []string

// MarshalText joins the names.
func (r refs) MarshalText() ([]byte, error) { return []byte(strings.Join(r, " ")), nil }

// MarshalJSON writes a list.
func (r refs) MarshalJSON() ([]byte, error) { return json.Marshal([]string(r)) }

// The members stand in the order of the XML schema.
type (
	report struct {
		XMLName             xml.Name   `json:"-" xml:"http://itl.nist.gov/ns/voting/1500-100/v2 ElectionReport"`
		Kind                kind       `json:"@type" xml:"http://www.w3.org/2001/XMLSchema-instance type,attr"`
		Election            []election `json:"Election"`
		Format              string
		GeneratedDate       string
		GpUnit              []unit `json:"GpUnit"`
		Issuer              string
		IssuerAbbreviation  string
		IsTest              bool    `json:",omitempty" xml:",omitempty"`
		Notes               string  `json:",omitempty" xml:",omitempty"`
		Party               []party `json:",omitempty"`
		SequenceStart       int
		SequenceEnd         int
		Status              string
		TestType            string `json:",omitempty" xml:",omitempty"`
		VendorApplicationID string `json:"VendorApplicationId" xml:"VendorApplicationId"`
	}
	election struct {
		Kind               kind                 `json:"@type" xml:"http://www.w3.org/2001/XMLSchema-instance type,attr"`
		BallotCounts       []ballotCounts       `json:"BallotCounts"`
		Candidate          []candidate          `json:",omitempty"`
		Contest            []contest            `json:"Contest"`
		ElectionScopeID    string               `json:"ElectionScopeId" xml:"ElectionScopeId"`
		ExternalIdentifier []externalIdentifier `json:"ExternalIdentifier"`
		Name               text
		StartDate          string
		EndDate            string
		Type               string
	}
	unit struct {
		ID                 string `json:"@id" xml:"ObjectId,attr"`
		Kind               kind   `json:"@type" xml:"http://www.w3.org/2001/XMLSchema-instance type,attr"`
		ComposingGpUnitIDs refs   `json:"ComposingGpUnitIds,omitempty" xml:"ComposingGpUnitIds,omitempty"`
		Name               *text  `json:",omitempty"`
		Type               string
		OtherType          string `json:",omitempty" xml:",omitempty"`
		VotersParticipated *int64 `json:",omitempty"`
		VotersRegistered   int64
	}
	party struct {
		ID   string `json:"@id" xml:"ObjectId,attr"`
		Kind kind   `json:"@type" xml:"http://www.w3.org/2001/XMLSchema-instance type,attr"`
		Name text
	}
	candidate struct {
		ID                 string `json:"@id" xml:"ObjectId,attr"`
		Kind               kind   `json:"@type" xml:"http://www.w3.org/2001/XMLSchema-instance type,attr"`
		BallotName         text
		PartyID            string `json:"PartyId,omitempty" xml:"PartyId,omitempty"`
		PostElectionStatus string `json:",omitempty" xml:",omitempty"`
	}
	contest struct {
		ID                 string      `json:"@id" xml:"ObjectId,attr"`
		Kind               kind        `json:"@type" xml:"http://www.w3.org/2001/XMLSchema-instance type,attr"`
		BallotTitle        text        `json:"BallotTitle"`
		ContestSelection   []selection `json:"ContestSelection"`
		ElectionDistrictID string      `json:"ElectionDistrictId" xml:"ElectionDistrictId"`
		Name               string
		OtherCounts        []otherCounts `json:",omitempty"`
		SequenceOrder      int
		VoteVariation      string
		OtherVoteVariation string `json:",omitempty" xml:",omitempty"`
		NumberElected      int    `json:",omitempty" xml:",omitempty"`
		VotesAllowed       int    `json:",omitempty" xml:",omitempty"`
	}
	selection struct {
		ID            string `json:"@id" xml:"ObjectId,attr"`
		Kind          kind   `json:"@type" xml:"http://www.w3.org/2001/XMLSchema-instance type,attr"`
		SequenceOrder int
		VoteCounts    []voteCounts `json:"VoteCounts"`
		CandidateIDs  refs         `json:"CandidateIds,omitempty" xml:"CandidateIds,omitempty"`
		PartyIDs      refs         `json:"PartyIds,omitempty" xml:"PartyIds,omitempty"`
	}
	voteCounts struct {
		Kind      kind   `json:"@type" xml:"http://www.w3.org/2001/XMLSchema-instance type,attr"`
		GpUnitID  string `json:"GpUnitId" xml:"GpUnitId"`
		Type      string
		OtherType string `json:",omitempty" xml:",omitempty"`
		Count     int64
	}
	ballotCounts struct {
		Kind        kind   `json:"@type" xml:"http://www.w3.org/2001/XMLSchema-instance type,attr"`
		GpUnitID    string `json:"GpUnitId" xml:"GpUnitId"`
		Type        string
		BallotsCast int64
	}
	otherCounts struct {
		Kind       kind   `json:"@type" xml:"http://www.w3.org/2001/XMLSchema-instance type,attr"`
		GpUnitID   string `json:"GpUnitId" xml:"GpUnitId"`
		Undervotes int64
	}
	externalIdentifier struct {
		Kind      kind `json:"@type" xml:"http://www.w3.org/2001/XMLSchema-instance type,attr"`
		Type      string
		OtherType string
		Value     string
	}
	text struct {
		Kind kind         `json:"@type" xml:"http://www.w3.org/2001/XMLSchema-instance type,attr"`
		Text []textString `json:"Text"`
	}
	textString struct {
		Kind     kind   `json:"@type" xml:"http://www.w3.org/2001/XMLSchema-instance type,attr"`
		Content  string `xml:",chardata"`
		Language string `xml:",attr"`
	}
)

// JSON writes the result as JSON.
func (r *Report) JSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(r.report)
	return b.Bytes(), err
}

// XML writes the result as XML.
func (r *Report) XML() ([]byte, error) {
	b := bytes.NewBufferString(xml.Header)
	enc := xml.NewEncoder(b)
	enc.Indent("", "  ")
	if err := enc.Encode(r.report); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}
