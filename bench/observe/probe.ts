import { anyone, defineContract, defineQuery, Type } from 'banyan/contract'

/** The smallest service there is. */
export const probe = defineContract({
  name: 'probe',
  errors: {},
  operations: {
    read: defineQuery({
      summary: 'Nothing.',
      http: 'GET /nothing',
      input: Type.Object({}),
      output: Type.Null(),
      access: anyone,
    }),
  },
  events: {},
})
