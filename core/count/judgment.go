package count

import (
	"slices"
	"strconv"
)

// MaxGrades bounds the grades of a judgment.
const MaxGrades = 100

// judgment is majority judgment: a choice's majority grade is the median of its grades, the lower of the two middle
// ones; equals are compared again after one such grade is taken from each, until they differ (Balinski and Laraki,
// "A theory of measuring, electing, and ranking", PNAS 104, 2007).
func (c *counter) judgment() error {
	if len(c.votes.Graded) == 0 {
		return misfit("this rule counts grades, and there are none")
	}
	n := len(c.rule.Grades)
	for _, g := range c.votes.Graded {
		c.Valid += g.Count
		worst := slices.Max(g.Grades)
		if slices.Min(g.Grades) < 0 || worst >= MaxGrades || len(c.rule.Grades) > 0 && worst >= n {
			return misfit("a grade is number %d, and there are %d", worst+1, n)
		}
		n = max(n, worst+1)
	}
	if c.Valid == 0 {
		return misfit("there are no ballots")
	}
	c.Judgments = make([]Judgment, len(c.votes.Choices))
	for i := range c.Judgments {
		counts := make([]int64, n)
		for _, g := range c.votes.Graded {
			counts[g.Grades[i]] += g.Count
		}
		c.Judgments[i] = Judgment{counts, median(counts)}
		c.add(Step{Kind: Grade, Choices: []int{i}, Number: c.gradeName(c.Judgments[i].Majority)})
	}
	open := c.standing(func(Choice) bool { return true })
	err := c.order(open, func(a, b int) bool {
		better, _ := compareJudgments(c.Judgments[a].Counts, c.Judgments[b].Counts)
		return better < 0
	})
	for at := 1; at < len(c.Order); at++ {
		a, b := c.Order[at-1][0], c.Order[at][0]
		if c.Judgments[a].Majority == c.Judgments[b].Majority {
			_, taken := compareJudgments(c.Judgments[a].Counts, c.Judgments[b].Counts)
			c.add(Step{Kind: Finer, Choices: []int{a, b}, Number: strconv.FormatInt(taken, 10)})
		}
	}
	return err
}

// gradeName is a grade's name, or its number from 1 on.
func (c *counter) gradeName(grade int) string {
	if grade < len(c.rule.Grades) {
		return c.rule.Grades[grade]
	}
	return strconv.Itoa(grade + 1)
}

// median is the middle grade, the lower of two.
func median(counts []int64) int {
	total := int64(0)
	for _, n := range counts {
		total += n
	}
	for g, n := range counts {
		total -= 2 * n
		if total < 0 {
			return g
		}
	}
	return len(counts) - 1
}

// compareJudgments is negative where a is better than b, after so many majority grades were taken from each.
// Both have the same number of grades.
func compareJudgments(a, b []int64) (better int, taken int64) {
	a, b = slices.Clone(a), slices.Clone(b)
	for {
		x, y := median(a), median(b)
		if x != y || slices.Max(a) == 0 {
			return x - y, taken
		}
		n := min(steady(a, x), steady(b, y))
		a[x] -= n
		b[y] -= n
		taken += n
		if slices.Equal(a, b) {
			return 0, taken
		}
	}
}

// steady is how many of the median can be taken, one after the other, before another grade is the median, at most all.
func steady(counts []int64, m int) int64 {
	total, better := int64(0), int64(0)
	for g, n := range counts {
		total += n
		if g < m {
			better += n
		}
	}
	worse := total - better - counts[m]
	// With n grades the lower median is place ⌊n/2⌋+1 from the best: it is m while better ≤ ⌊n/2⌋ and worse < ⌈n/2⌉.
	keep := max(2*better, 2*worse+1)
	return min(counts[m], total-keep+1)
}
