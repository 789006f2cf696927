package report

// Formats are all formats, in the order in which help lists them. A new format
// is one file and one line.
var Formats = []Format{
	{"text", "for people at a terminal", writeText},
	{"compact", "one line a finding", writeCompact},
	{"json", "the documented JSON report", writeJSON},
	{"sarif", "SARIF 2.1.0, for code scanning", writeSARIF},
}

// Find returns the format of that name, and false if there is none.
func Find(name string) (Format, bool) {
	for _, f := range Formats {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}
