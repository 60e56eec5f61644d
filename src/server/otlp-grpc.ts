import { isIPv6 } from 'node:net';
import { messageOf, TelemetryError } from '../core/errors.js';
import type { ListenAddress } from '../transports/datagrams.js';
import type { Intake } from '../transports/intake.js';
import type { OtlpIntake } from '../transports/otlp-intake.js';
import { contextOptions, type TlsMaterial } from './tls.js';

/** OTLP over gRPC, on a port of its own. */
export interface OtlpGrpcListener {
  /** `host:port`, the port that was found for 0. */
  readonly address: string;
  /** New connections get this certificate; those that are open keep theirs. */
  renew(material: TlsMaterial): void;
  /** Takes no more calls, and lets those under way have their replies, for so many milliseconds. */
  stop(graceMs: number): Promise<void>;
}

/**
 * Listens for OTLP over gRPC. The library is loaded here, so that a server without it starts as fast as ever.
 * @param material none for connections in the clear.
 * @throws TelemetryError `failure` when the address cannot be had.
 */
export async function listenForGrpc(
  intake: Intake,
  otlp: OtlpIntake,
  { host, port }: ListenAddress,
  material: TlsMaterial | undefined,
): Promise<OtlpGrpcListener> {
  const { otlpGrpcTransport } = await import('../transports/otlp-grpc.js');
  const transport = otlpGrpcTransport(intake, otlp, material && contextOptions(material));
  const at = (ofPort: number): string => `${isIPv6(host) ? `[${host}]` : host}:${ofPort}`;
  try {
    const bound = await transport.listen(at(port));
    return { address: at(bound), renew: renewed => transport.renew(contextOptions(renewed)), stop: transport.stop };
  } catch (error) {
    // The library tells of the system's error in its message alone.
    const reason = messageOf(error).includes('EADDRINUSE') ? 'the port is in use' : messageOf(error);
    throw new TelemetryError('failure', `cannot listen on ${at(port)} for OTLP over gRPC: ${reason}`, {
      remedy: 'Name another address with --otlp-grpc, such as 127.0.0.1:0 for any free port.',
      cause: error,
    });
  }
}
