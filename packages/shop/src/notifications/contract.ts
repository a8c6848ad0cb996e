import { AuditReport, defineCommand, defineContract, defineQuery, internal, internalFrom, Type } from 'banyan/contract'
import { notificationErrors } from './errors.ts'

export const notifications = defineContract({
  name: 'notifications',
  errors: notificationErrors,
  operations: {
    retryMails: defineCommand({
      summary: 'Sends what needs attention again, from the first attempt.',
      input: Type.Object({}),
      output: Type.Object({ mails: Type.Integer() }),
      access: internal,
    }),
    audit: defineQuery({
      summary: 'Counts mails by status and names those that need attention.',
      input: Type.Object({}),
      output: AuditReport,
      access: internalFrom('audit'),
      deadlineMs: 60_000,
    }),
  },
})
