import type { Static } from 'typebox'
import { Type } from 'banyan/contract'
import { Compile } from 'typebox/schema'
import { paymentErrors } from '../../errors.ts'
import type { Notice, SignedNotice } from '../provider.ts'
import { checkSignature, type SignatureCheck, signText } from '../signature.ts'

const amountMinor = Type.Integer({ minimum: 1 })
const paymentId = Type.String()
const refundId = Type.String()
const reason = Type.String()

const SandboxNotice = Type.Union([
  Type.Object({
    kind: Type.Literal('captured'),
    paymentId,
    amountMinor,
    providerRef: Type.Union([Type.String(), Type.Null()]),
  }),
  Type.Object({ kind: Type.Literal('declined'), paymentId, amountMinor, reason }),
  Type.Object({ kind: Type.Literal('refunded'), refundId, amountMinor }),
  Type.Object({ kind: Type.Literal('refused'), refundId, amountMinor, reason }),
])

const HEADER = 'sandbox-signature'

/** A notice as the sandbox sends it: JSON, signed in the header `sandbox-signature`. */
export function signSandboxNotice(notice: Notice, { secret, nowMs }: SignatureCheck): SignedNotice {
  const body = JSON.stringify(notice)
  return { body, headers: { [HEADER]: signText(secret, body, nowMs) } }
}

/** @throws `payments.WEBHOOK_UNSIGNED`, `payments.WEBHOOK_TOO_OLD`, `payments.WEBHOOK_UNKNOWN` */
export function readSandboxNotice({ body, headers }: SignedNotice, check: SignatureCheck): Notice {
  checkSignature({ header: { name: HEADER, value: headers[HEADER] }, body }, check)
  const notice = parseJson(body)
  if (!isSandboxNotice(notice)) throw paymentErrors.WEBHOOK_UNKNOWN({ type: kindOf(notice) })
  return notice
}

const validator = Compile(SandboxNotice)

function isSandboxNotice(value: unknown): value is Static<typeof SandboxNotice> {
  return validator.Check(value)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw paymentErrors.WEBHOOK_UNKNOWN({ type: 'broken JSON' }, { cause: error })
  }
}

function kindOf(notice: unknown): string {
  return typeof notice === 'object' && notice && 'kind' in notice ? String(notice.kind).slice(0, 64) : 'none'
}
