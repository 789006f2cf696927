package asa

import "slices"

// sequence is a list in which lines are put at any place and taken away, at a
// cost that does not grow with its length much: hostile scripts do nothing else.
type sequence[T any] struct{ blocks []*stretch[T] }

// stretch is a stretch of a sequence.
type stretch[T any] struct {
	items []*item[T]
	alive int
}

// item is a place in a sequence.
type item[T any] struct {
	value T
	in    *stretch[T] // nil: it was taken away
}

// mostInBlock bounds what one insertion moves.
const mostInBlock = 1024

// add puts a value at the end.
func (s *sequence[T]) add(value T) *item[T] {
	n := len(s.blocks)
	if n == 0 || len(s.blocks[n-1].items) >= mostInBlock {
		s.blocks = append(s.blocks, &stretch[T]{})
		n++
	}
	b := s.blocks[n-1]
	it := &item[T]{value, b}
	b.items = append(b.items, it)
	b.alive++
	return it
}

// insert puts a value where it is the n-th, from 1; at the end if there are not
// so many.
func (s *sequence[T]) insert(n int, value T) *item[T] {
	for i, b := range s.blocks {
		if n > b.alive {
			n -= b.alive
			continue
		}
		at := 0
		for ; at < len(b.items); at++ {
			if b.items[at].in == nil {
				continue
			}
			n--
			if n <= 0 {
				break
			}
		}
		it := &item[T]{value, b}
		b.items = slices.Insert(b.items, at, it)
		b.alive++
		if len(b.items) > mostInBlock {
			s.split(i)
		}
		return it
	}
	return s.add(value)
}

// split makes two blocks of one that has grown, without what was taken away.
func (s *sequence[T]) split(i int) {
	b := s.blocks[i]
	b.items = slices.DeleteFunc(b.items, func(it *item[T]) bool { return it.in == nil })
	half := len(b.items) / 2
	second := &stretch[T]{items: slices.Clone(b.items[half:]), alive: len(b.items) - half}
	for _, it := range second.items {
		it.in = second
	}
	b.items, b.alive = b.items[:half:half], half
	s.blocks = slices.Insert(s.blocks, i+1, second)
}

// at returns the n-th item, from 1; nil if there are not so many.
func (s *sequence[T]) at(n int) *item[T] {
	for _, b := range s.blocks {
		if n > b.alive {
			n -= b.alive
			continue
		}
		for _, it := range b.items {
			if it.in == nil {
				continue
			}
			n--
			if n <= 0 {
				return it
			}
		}
	}
	return nil
}

// remove takes an item away.
func (s *sequence[T]) remove(it *item[T]) {
	if it.in != nil {
		it.in.alive--
		it.in = nil
	}
}

// each calls f with each value in order.
func (s *sequence[T]) each(f func(*T)) {
	for _, b := range s.blocks {
		for _, it := range b.items {
			if it.in != nil {
				f(&it.value)
			}
		}
	}
}

// size returns how many values there are.
func (s *sequence[T]) size() int {
	n := 0
	for _, b := range s.blocks {
		n += b.alive
	}
	return n
}
