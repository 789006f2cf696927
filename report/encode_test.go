package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

func TestEncodeEscapesWhatCannotBeSeen(t *testing.T) {
	in := "<a> & \x00\x1b\x7f\u009b\u202e\U000e0041 é \xff"
	var b bytes.Buffer
	if err := encode(&b, in, ""); err != nil {
		t.Fatal(err)
	}
	want := `"<a> & \u0000\u001b\u007f\u009b\u202e\udb40\udc41 é \ufffd"` + "\n"
	if b.String() != want {
		t.Errorf("got %s, want %s", &b, want)
	}
	var back string
	if err := json.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if want := "<a> & \x00\x1b\x7f\u009b\u202e\U000e0041 é \ufffd"; back != want {
		t.Errorf("read back %q, want %q", back, want)
	}
}

func TestEncodeReportsWhatIsNoJSON(t *testing.T) {
	if err := encode(&bytes.Buffer{}, make(chan int), ""); err == nil {
		t.Error("a channel is encoded")
	}
}

func TestTidy(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":[],"b":1}`:                     `{"b":1}`,
		`{"a":1,"b":[]}`:                     `{"a":1}`,
		`{"a":[],"b":{},"c":-1,"d":null}`:    `{}`,
		`{"a":1,"b":[],"c":2}`:               `{"a":1,"c":2}`,
		`{"keep":[],"a":[{"b":[]},{"c":1}]}`: `{"keep":[],"a":[{},{"c":1}]}`,
		`{"a":-10,"b":-1.5,"c":[1]}`:         `{"a":-10,"b":-1.5,"c":[1]}`,
		`{"a":"\"b\":[],","c":"\\"}`:         `{"a":"\"b\":[],","c":"\\"}`,
		`["a","[]",-1]`:                      `["a","[]",-1]`,
	} {
		got := string(tidy([]byte(in), "keep"))
		if got != want {
			t.Errorf("tidy(%s) = %s, want %s", in, got, want)
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("tidy(%s) is no JSON: %s", in, got)
		}
	}
}

func FuzzTidy(f *testing.F) {
	f.Add(`{"a":[],"b":"\"c\":[]","d":[{"e":-1}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var before, after any
		if json.Unmarshal([]byte(text), &before) != nil {
			return
		}
		compact, err := json.Marshal(before) // with each name once, as our encoder writes them
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(tidy(compact), &after); err != nil {
			t.Fatalf("%s became %s: %v", compact, tidy(compact), err)
		}
		if got, want := pruned(after), pruned(before); !reflect.DeepEqual(got, want) {
			t.Errorf("%s became %v", text, got)
		}
	})
}

// pruned drops from a tree, over and over, the members that tidy drops once.
func pruned(node any) any {
	switch x := node.(type) {
	case map[string]any:
		for k, v := range x {
			v = pruned(v)
			list, isList := v.([]any)
			object, isObject := v.(map[string]any)
			if v == nil || v == -1.0 || isList && len(list) == 0 || isObject && len(object) == 0 {
				delete(x, k)
			} else {
				x[k] = v
			}
		}
	case []any:
		for i := range x {
			x[i] = pruned(x[i])
		}
	}
	return node
}
