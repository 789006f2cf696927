// Package suggest finds the word that somebody meant.
package suggest

// Nearest returns the candidate that is closest to word, and false if none is
// close: at most one edit for words of up to four letters, two up to eight,
// else three. Of equally close ones it is one that begins with the same letter, for
// that is seldom the wrong one, and of those the first.
func Nearest(word string, candidates []string) (string, bool) {
	best, found, alike := limit(word)+1, "", false
	for _, c := range candidates {
		same := word != "" && c != "" && word[0] == c[0]
		d := distance(word, c, best+1)
		if d < best || d == best && found != "" && same && !alike {
			best, found, alike = d, c, same
		}
	}
	return found, found != ""
}

func limit(word string) int {
	switch n := len(word); {
	case n <= 4:
		return 1
	case n <= 8:
		return 2
	}
	return 3
}

// maxWord bounds the work for hostile words: no keyword is longer.
const maxWord = 64

// distance returns the optimal string alignment distance of a and b, which
// counts insertions, deletions, changes and swaps of neighbours, or at least
// bound if it is not less.
func distance(a, b string, bound int) int {
	if len(a) > maxWord || len(b) > maxWord || len(a)-len(b) >= bound || len(b)-len(a) >= bound {
		return bound
	}
	var rows [3][maxWord + 1]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// DidYouMean returns the end of a message that proposes the candidate nearest to
// a wrong name, or nothing if none is near.
func DidYouMean(name string, candidates []string) string {
	if near, ok := Nearest(name, candidates); ok {
		return "; did you mean " + near + "?"
	}
	return ""
}
