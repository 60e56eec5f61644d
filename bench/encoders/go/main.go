// Events, one a line, as json.Marshal writes them, each followed by U+001E: go run . < events.ndjson
package main

import (
	"bufio"
	"encoding/json"
	"os"
)

const maxLine = 1 << 20

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, maxLine)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		var event map[string]any
		if err := json.Unmarshal(in.Bytes(), &event); err != nil {
			panic(err)
		}
		text, err := json.Marshal(event)
		if err != nil {
			panic(err)
		}
		out.Write(append(text, 0x1e))
	}
}
