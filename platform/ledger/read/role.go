package read

import "maps"

// roleNames are the roles in words.
var roleNames = map[string]Bilingual{
	RoleRoot:       {AR: "مفتاح جذر", EN: "root key"},
	RoleOfficer:    {AR: "مسؤول", EN: "officer"},
	RoleCheckpoint: {AR: "مفتاح نقاط التحقق", EN: "checkpoint key"},
	RoleEntry:      {AR: "مفتاح القيود", EN: "entry key"},
	RoleReceipt:    {AR: "مفتاح الإيصالات", EN: "receipt key"},
	RoleAuthority:  {AR: "جهة إصدار رموز الاقتراع", EN: "credential authority"},
	RoleTrustee:    {AR: "أمين مفتاح", EN: "trustee"},
	RoleRegistry:   {AR: "سجل مدني", EN: "civil registry"},
}

// RoleName is a role of keys in words; for an unknown one its own name.
func RoleName(role string) Bilingual {
	if name, known := roleNames[role]; known {
		return name
	}
	return Bilingual{AR: role, EN: role}
}

// Says returns the violation's sentence, in which roles stand in words.
func (v *Violation) Says() Message {
	values := v.Args
	if role, ok := values["Role"].(string); ok {
		if name, known := roleNames[role]; known {
			values = maps.Clone(values)
			values["Role"] = name
		}
	}
	return Message{ID: "fault." + v.Code, Args: values}
}
