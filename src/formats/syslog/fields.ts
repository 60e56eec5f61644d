/** What a message is read with. */
export interface SyslogContext {
  /** When it was received, in milliseconds since 1970: RFC 3164 leaves out the year. */
  readonly now: number;
  /** The sender's address, for messages that name no host. */
  readonly peer: string | undefined;
}

/** The parts of a message behind its PRI, as members of the event. */
export interface SyslogFields {
  /** ISO 8601; undefined when the message has no time. */
  readonly time: string | undefined;
  /** In the order of the event; undefined ones are left out. */
  readonly members: Readonly<Record<string, unknown>>;
}
