/** A notification that could not be delivered. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  /** True when another try has the same result. */
  readonly isPermanent: boolean;
  /** The time that the receiver asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    { isPermanent = false, retryAfterMs }: { isPermanent?: boolean; retryAfterMs?: number | undefined } = {},
  ) {
    super(message);
    this.isPermanent = isPermanent;
    this.retryAfterMs = retryAfterMs;
  }
}
