package site

import (
	_ "embed" // the schema
	"slices"
)

//go:embed site.schema.json
var schema []byte

// Schema returns the JSON Schema of the site profile, for editors.
func Schema() []byte { return slices.Clone(schema) }
