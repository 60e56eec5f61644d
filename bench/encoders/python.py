# Events, one a line, as Python's json writes them, each followed by U+001E: python3 python.py default|utf8|indent < events.ndjson
import json
import sys

STYLES = {"default": {}, "utf8": {"ensure_ascii": False}, "indent": {"indent": 2}}
style = STYLES[sys.argv[1]]
sys.stdin.reconfigure(encoding="utf-8")
sys.stdout.reconfigure(encoding="utf-8", newline="\n")
for line in sys.stdin:
    sys.stdout.write(json.dumps(json.loads(line), **style) + "\x1e")
