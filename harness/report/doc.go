// Package report shows a verdict: as text for a person at 3 a.m., as JSON for machines (schema closlab/verdict/v1, a
// contract). It decides nothing and leaves nothing out that a decision rests on.
package report
