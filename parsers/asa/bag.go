package asa

// bag is values in the order in which they came, that are taken away by a key
// at a cost that does not grow with how many there are.
type bag[K comparable, T any] struct {
	values []T
	gone   []bool
	at     map[K][]int
}

// add puts a value at the end.
func (b *bag[K, T]) add(key K, value T) {
	if b.at == nil {
		b.at = map[K][]int{}
	}
	b.at[key] = append(b.at[key], len(b.values))
	b.values, b.gone = append(b.values, value), append(b.gone, false)
}

// remove takes all values of a key away, and reports whether there were any.
func (b *bag[K, T]) remove(key K) bool {
	at := b.at[key]
	for _, i := range at {
		b.gone[i] = true
	}
	delete(b.at, key)
	return len(at) > 0
}

// removeIf takes those values of a key away of which a function says so, and
// reports whether there were any.
func (b *bag[K, T]) removeIf(key K, goes func(*T) bool) bool {
	var kept []int
	for _, i := range b.at[key] {
		if goes(&b.values[i]) {
			b.gone[i] = true
		} else {
			kept = append(kept, i)
		}
	}
	found := len(kept) < len(b.at[key])
	if found {
		b.at[key] = kept
	}
	return found
}

// clear takes all away.
func (b *bag[K, T]) clear() { *b = bag[K, T]{} }

// rest returns the values that are left.
func (b *bag[K, T]) rest() []T {
	var out []T
	for i := range b.values {
		if !b.gone[i] {
			out = append(out, b.values[i])
		}
	}
	return out
}
