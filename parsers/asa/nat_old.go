package asa

// oldNATStages returns the stages of translation before 8.3 (8).
func (l *lowering) oldNATStages() natStages { return natStages{} }
