import type { TSchema } from 'typebox'
import { Check } from 'typebox/schema'
import { optionFaults, Type } from '../../core/index.ts'
import type { ProcessPlan, Topology } from './topology.ts'

const NAME = '^[a-z][a-z0-9-]{0,40}$'
const MAX_PROCESSES = 200

const Process = {
  name: Type.String({ pattern: NAME }),
  services: Type.Array(Type.String()),
  gateway: Type.Boolean(),
  instances: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
  needs: Type.Optional(Type.Array(Type.String())),
}

const Call = Type.Object(
  {
    strategy: Type.Optional(Type.Enum(['p2c-ewma', 'round-robin', 'least-connections', 'ip-hash'])),
    policy: Type.Optional(Type.Object({})),
    operations: Type.Optional(Type.Record(Type.String(), Type.Object({}))),
  },
  { additionalProperties: false },
)

const DatabaseNames = Type.Record(Type.String(), Type.String({ pattern: '^[a-z_][a-z0-9_-]{0,62}$' }))

/** Of two ways to say something the one that was begun, so that the faults speak of it alone. */
function shapeOf({ databases }: Partial<Topology>) {
  return {
    name: Type.String({ pattern: NAME }),
    wire: Type.Optional(Type.Enum(['stream', 'http', 'grpc'])),
    broker: Type.Optional(Type.Enum(['feed', 'nats'])),
    databases: Type.Optional(typeof databases === 'object' ? DatabaseNames : Type.Enum(['shared', 'each'])),
    calls: Type.Optional(Type.Record(Type.String(), Call)),
    processes: Type.Array(Type.Object(Process, { additionalProperties: false }), {
      minItems: 1,
      maxItems: MAX_PROCESSES,
    }),
  }
}

/** What about a topology has not the shape of one, a sentence each. */
export function shapeFaults(topology: Topology): readonly string[] {
  return optionFaults(Type.Object(shapeOf(topology), { additionalProperties: false }), topology)
}

export interface SoundParts {
  readonly topology: Topology
  /** Whether no process was left out: what it places is not known. */
  readonly isWhole: boolean
}

/** What of it has the shape, so that one fault does not hide those of other kinds. */
export function soundParts(topology: Topology): SoundParts {
  const listed: readonly unknown[] = Array.isArray(topology.processes) ? topology.processes : []
  const processes = listed
    .slice(0, MAX_PROCESSES)
    .map((plan) => soundFields(plan, Process) as Partial<ProcessPlan>)
    .filter((plan): plan is ProcessPlan => plan.name !== undefined && plan.services !== undefined)
  const sound = soundFields(topology, shapeOf(topology)) as Partial<Topology>
  return {
    topology: { ...sound, name: topology.name, processes, calls: soundCalls(topology.calls) },
    isWhole:
      listed.length > 0 &&
      processes.length === listed.length &&
      processes.every(({ gateway }) => gateway !== undefined),
  }
}

/** Whose calls they are is known also where what is said of them makes no sense. */
function soundCalls(calls: unknown): NonNullable<Topology['calls']> {
  if (typeof calls !== 'object' || calls === null) return {}
  return Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, Check(Call, call) ? call : {}]))
}

function soundFields(value: unknown, shape: Readonly<Record<string, TSchema>>): object {
  const fields = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return Object.fromEntries(fields.filter(([name, field]) => Object.hasOwn(shape, name) && Check(shape[name]!, field)))
}
