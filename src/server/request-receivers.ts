import { HttpTransport } from '../receivers/http/http.js';
import type { Intake } from '../receivers/intake.js';
import { OtlpHttpTransport } from '../receivers/otlp/http.js';
import { OtlpIntake } from '../receivers/otlp/intake.js';
import { WebSocketTransport } from '../receivers/websocket/websocket.js';

/** The receivers of requests and connections. */
export class RequestReceivers {
  readonly http: HttpTransport;
  readonly webSocket: WebSocketTransport;
  readonly otlp: OtlpIntake;
  readonly otlpHttp: OtlpHttpTransport;

  constructor(intake: Intake) {
    this.http = new HttpTransport(intake);
    this.webSocket = new WebSocketTransport(intake);
    this.otlp = new OtlpIntake(intake);
    this.otlpHttp = new OtlpHttpTransport(intake, this.otlp);
  }

  /** The requests in progress. */
  get openRequests(): number {
    return this.http.active + this.otlpHttp.active + this.otlp.active;
  }

  /** The requests in progress and the connections of WebSocket. */
  get openStreams(): number {
    return this.openRequests + this.webSocket.active;
  }

  /** Ends the requests that are still in progress. */
  stopRequests(): void {
    this.http.stop();
    this.otlpHttp.stop();
    this.otlp.stop();
  }
}
