package vote

// For the tests beside this package.
var (
	QuestionRows = questionRows
	RuleRow      = ruleRow
)
