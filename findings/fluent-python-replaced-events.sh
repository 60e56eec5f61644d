#!/usr/bin/env bash
# fluent-logger for Python sends another event in place of one that it cannot pack, and emit returns True.
#
# One date, decimal, set or integer past 64 bits among the fields is enough. The event that arrives under the same tag
# has the level CRITICAL, the message "Can't output to log" and a traceback, and no field of the original. Its manual
# says that emit returns False for an error; only last_error tells. The handler for `logging` does the same and raises
# nothing.
#
# Seen with fluent-logger 0.11.1 and msgpack 1.2.4 on Python 3.11.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check fluent-logger==0.11.1 msgpack==1.2.4
cat > ask.py <<'PYTHON'
import datetime, decimal, logging, socket
import msgpack
from fluent.handler import FluentHandler, FluentRecordFormatter
from fluent.sender import FluentSender

server = socket.create_server(("127.0.0.1", 0))
port = server.getsockname()[1]


def arrived():
    connection, _ = server.accept()
    unpacker = msgpack.Unpacker()
    while chunk := connection.recv(65536):
        unpacker.feed(chunk)
    for tag, _, event in unpacker:
        print(" ", tag, {key: "..." if key == "traceback" else value for key, value in event.items()})


sender = FluentSender("shop", host="127.0.0.1", port=port)
values = (5, datetime.date(2024, 1, 1), decimal.Decimal("1.10"), {1, 2}, 2**64)
print("emit:", [sender.emit("order", {"order": 7, "value": value}) for value in values], type(sender.last_error).__name__)
sender.close()
arrived()

handler = FluentHandler("shop.log", host="127.0.0.1", port=port)
handler.setFormatter(FluentRecordFormatter({"name": "%(name)s"}))
logger = logging.getLogger("orders")
logger.addHandler(handler)
print("logging:", logger.warning({"order": 7, "shipped": datetime.date(2024, 1, 1)}))
handler.close()
arrived()
PYTHON
venv/bin/python ask.py > seen
cat > expected <<'TEXT'
emit: [True, True, True, True, True] OverflowError
  shop.order {'order': 7, 'value': 5}
  shop.order {'level': 'CRITICAL', 'message': "Can't output to log", 'traceback': '...'}
  shop.order {'level': 'CRITICAL', 'message': "Can't output to log", 'traceback': '...'}
  shop.order {'level': 'CRITICAL', 'message': "Can't output to log", 'traceback': '...'}
  shop.order {'level': 'CRITICAL', 'message': "Can't output to log", 'traceback': '...'}
logging: None
  shop.log {'level': 'CRITICAL', 'message': "Can't output to log", 'traceback': '...'}
TEXT
cat seen
diff expected seen
