"""ClickHouse's engine (the package chdb) behind the part of ClickHouse's HTTP interface that clients use.

    chdb-server.py DATA PORT [USER:PASSWORD]

What a statement does and answers is ClickHouse's own: each request has a session of its own, with the settings and
parameters of its URL. This file only moves bytes, and names the HTTP status of an error as ClickHouse's server does.
"""

import base64
import gzip
import re
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from chdb import connect

# The parameters of ClickHouse's HTTP interface that are not settings.
NOT_SETTINGS = {
    "query", "database", "default_format", "query_id", "session_id", "session_timeout", "session_check", "role", "user",
    "password", "buffer_size", "wait_end_of_query", "compress", "decompress", "quota_key", "stacktrace",
}

# HTTPHandler's statuses by the code of an exception; any other is 500.
STATUS = {516: 403, 194: 401, 193: 401, 60: 404, 81: 404, 46: 404, 47: 404, 36: 400, 62: 400, 27: 400, 53: 400, 6: 400,
          69: 400, 117: 400, 252: 500, 164: 500, 241: 500}

INSERT = re.compile(r"^\s*(insert\s+into\s+.*?)\s+format\s+(\w+)\s*$", re.IGNORECASE | re.DOTALL)
FORMAT = re.compile(r"\s+format\s+(\w+)\s*;?\s*$", re.IGNORECASE)
OUTFILE = re.compile(r"\binto\s+outfile\b", re.IGNORECASE)
CODE = re.compile(r"Code: (\d+)\.")


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    data = ""
    credentials = None

    def log_message(self, *args):
        pass

    def do_GET(self):
        if urlsplit(self.path).path == "/ping":
            self.answer(200, b"Ok.\n")
        else:
            self.handle_query()

    def do_POST(self):
        self.handle_query()

    def body(self):
        """The chunks of the request's body, unpacked."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            chunks = self.chunked()
        else:
            chunks = self.sized(int(self.headers.get("Content-Length", "0")))
        if self.headers.get("Content-Encoding") == "gzip":
            yield gzip.decompress(b"".join(chunks))
        else:
            yield from chunks

    def chunked(self):
        while True:
            line = self.rfile.readline()
            if not line:
                raise ConnectionError("cut short")
            size = int(line.split(b";")[0], 16)
            chunk = self.rfile.read(size)
            if len(chunk) < size:
                raise ConnectionError("cut short")
            self.rfile.readline()
            if size == 0:
                return
            yield chunk

    def sized(self, length):
        while length > 0:
            chunk = self.rfile.read(min(length, 1 << 20))
            if not chunk:
                raise ConnectionError("cut short")
            length -= len(chunk)
            yield chunk

    def answer(self, status, content, code=None):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=UTF-8")
        self.send_header("Content-Length", str(len(content)))
        if code:
            self.send_header("X-ClickHouse-Exception-Code", str(code))
        self.end_headers()
        self.wfile.write(content)

    def refuse(self, message):
        found = CODE.search(message)
        code = int(found.group(1)) if found else 1002
        text = message[found.start():] if found else f"Code: 1002. DB::Exception: {message}"
        self.answer(STATUS.get(code, 500), (text + "\n").encode(), code)

    def allowed(self):
        if not self.credentials:
            return True
        header = self.headers.get("Authorization", "")
        given = (self.headers.get("X-ClickHouse-User", ""), self.headers.get("X-ClickHouse-Key", ""))
        if header.startswith("Basic "):
            given = tuple(base64.b64decode(header[6:]).decode().split(":", 1))
        return given == self.credentials

    def handle_query(self):
        parameters = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        try:
            if not self.allowed():
                for _ in self.body():
                    pass
                self.refuse("Code: 516. DB::Exception: Authentication failed: password is incorrect, or there is no "
                            "user with such name. (AUTHENTICATION_FAILED)")
                return
            query = parameters.get("query", "")
            insert = INSERT.match(query)
            rest = None if insert else b"".join(self.body()).decode()
            session = connect(self.data)
            try:
                self.prepare(session, parameters)
                if insert:
                    self.insert(session, insert.group(1), insert.group(2))
                else:
                    self.statement(session, query + ("\n" if query and rest else "") + rest, parameters)
            except RuntimeError as error:
                self.refuse(str(error))
            finally:
                session.close()
        except (ConnectionError, BrokenPipeError):
            self.close_connection = True

    def prepare(self, session, parameters):
        if parameters.get("database"):
            session.query("use `" + parameters["database"].replace("`", "\\`") + "`")
        settings = [(name, value) for name, value in parameters.items() if name not in NOT_SETTINGS]
        # The last, since it forbids to set others when it is 1.
        for name, value in sorted(settings, key=lambda setting: setting[0] == "readonly"):
            session.query(f"set {name} = {quoted(value)}")

    def insert(self, session, statement, name):
        # Through a file: the streamed inserts of chdb 4.4 report success where the table refuses the rows.
        with tempfile.NamedTemporaryFile(suffix=".body") as file:
            for chunk in self.body():
                file.write(chunk)
            file.flush()
            session.query(f"{statement} from infile {quoted(file.name)} compression 'none' format {name}")
        self.answer(200, b"")

    def statement(self, session, query, parameters):
        # ClickHouse's own parser: over HTTP a request is one statement.
        session.query(f"select formatQuerySingleLine({quoted(query)})")
        if OUTFILE.search(query):
            # A clause of ClickHouse's own clients, which chdb is one of.
            raise RuntimeError("Code: 344. DB::Exception: INTO OUTFILE is not allowed. (SUPPORT_IS_DISABLED)")
        found = FORMAT.search(query)
        name = found.group(1) if found else parameters.get("default_format", "TabSeparated")
        self.answer(200, session.query(query, name).bytes())


class Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True


def main():
    data, port, *credentials = sys.argv[1:]
    Handler.data = data
    Handler.credentials = tuple(credentials[0].split(":", 1)) if credentials else None
    # Held open: the engine ends with its last session.
    kept = connect(data)
    kept.query("select 1")
    server = Server(("127.0.0.1", int(port)), Handler)
    print(f"PORT={server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
