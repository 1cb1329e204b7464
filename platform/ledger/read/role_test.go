package read_test

import (
	"testing"

	"bayyina/platform/ledger/read"
)

func TestViolationSaysRolesInWords(t *testing.T) {
	v := &read.Violation{Code: read.SignaturesMissing, Args: map[string]any{"Role": read.RoleOfficer, "Have": 1}}
	says := v.Says()
	if says.ID != "fault.signatures-missing" || says.Args["Role"] != (read.Bilingual{AR: "مسؤول", EN: "officer"}) || says.Args["Have"] != 1 {
		t.Errorf("it says %+v", says)
	}
	if v.Args["Role"] != read.RoleOfficer {
		t.Error("the violation's own arguments were changed")
	}
	unknown := &read.Violation{Code: read.KeyRole, Args: map[string]any{"Role": "king"}}
	if got := unknown.Says().Args["Role"]; got != "king" {
		t.Errorf("an unknown role became %v", got)
	}
}
