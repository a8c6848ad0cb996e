import type { Transporter } from 'nodemailer'
import { notificationErrors } from '../errors.ts'
import type { Message } from '../message.ts'
import type { Delivery } from './delivery.ts'
import { toInternetMessage, type Sender } from './internet-message.ts'

export interface SmtpOptions {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  readonly url: string
  readonly from: Sender
  /** Connections to the server. Default 2. */
  readonly maxConnections?: number
  /** For connecting, for the greeting, and for silence in between, milliseconds. Default 10,000. */
  readonly timeoutMs?: number
}

/**
 * Mail through a server: at least once. When its answer is lost the message goes again under the same Message-ID, by
 * which servers and readers drop doubles.
 */
export function createSmtpDelivery(options: SmtpOptions): Delivery {
  let transport: Promise<Transporter> | null = null
  return {
    async deliver(message) {
      transport ??= openTransport(options)
      await send(await transport, message, options.from)
    },
    async [Symbol.asyncDispose]() {
      if (transport) (await transport).close()
    },
  }
}

/** Imported only where a server is configured: the library costs every other start its loading time. */
async function openTransport({ url, maxConnections = 2, timeoutMs = 10_000 }: SmtpOptions): Promise<Transporter> {
  const { createTransport } = await import('nodemailer')
  return createTransport({
    url,
    pool: true,
    maxConnections,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}

async function send(transport: Transporter, message: Message, from: Sender): Promise<void> {
  try {
    await transport.sendMail({
      envelope: { from: from.email, to: [message.to.email] },
      raw: toInternetMessage(message, from),
    })
  } catch (error) {
    throw toFailure(error)
  }
}

interface SmtpError extends Error {
  readonly code?: string
  readonly responseCode?: number
}

/** A 5xx answer to the recipient or the message is final (RFC 5321, 4.2.1); one to the log-in is our configuration. */
function toFailure(cause: unknown): Error {
  const { code, responseCode = 0, message } = cause as SmtpError
  const isFinal = responseCode >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE')
  return isFinal
    ? notificationErrors.MAIL_REFUSED({ answer: message }, { cause })
    : notificationErrors.MAIL_FAILED({ reason: message }, { cause })
}
