import type { ErrorJson } from '../../core/index.ts'
import type { Database } from '../../data/index.ts'
import type { Logger } from '../../observe/index.ts'
import type { Definitions } from '../definitions.ts'
import { drive } from './drive.ts'
import type { RunningSaga, SagaRecord } from '../record.ts'
import type { Recorder } from './recorder.ts'
import { parkSaga } from '../saga-store.ts'
import { NeedsAttention, Superseded, type StepCallerOptions } from './step-call.ts'
import type { Turns } from './turns.ts'

export interface ActorOptions {
  readonly definitions: Definitions
  /** Filled and emptied here: the sagas this process acts for. */
  readonly running: Map<string, RunningSaga>
  readonly maxRunning: number
  readonly recorder: Recorder
  readonly turns: Turns
  readonly stepCaller: StepCallerOptions
  readonly logger: Logger
}

/** Acts for sagas, each in its own turn of the event loop, until it ends, parks or is somebody else's. */
export interface Actor {
  /** Acts for a saga that has just begun, unless this process acts for too many: then the sweep finds it later. */
  begin(database: Database, record: SagaRecord): void
  /** Acts for one that somebody, perhaps this process, has acted for before; does so already: then nothing changes. */
  adopt(database: Database, record: SagaRecord, taken?: TakenFrom): void
}

/** A take-over, for the timeline. */
export interface TakenFrom {
  /** The process that acted for it; empty: a person resumed it. */
  readonly from: string
}

export function createActor(options: ActorOptions): Actor {
  const { running, logger, recorder, stepCaller } = options
  return { begin: (database, record) => act({ database, record, isFirstRun: true }), adopt }

  function adopt(database: Database, record: SagaRecord, taken?: TakenFrom): void {
    const current = running.get(record.id)
    if (current && record.fence > current.record.fence) return supersede(current, record, taken)
    act({ database, record, isFirstRun: false }, taken)
  }

  function act(acting: Pick<RunningSaga, 'database' | 'record' | 'isFirstRun'>, taken?: TakenFrom): void {
    const { id } = acting.record
    if (running.has(id) || running.size >= options.maxRunning || stepCaller.signal.aborted) return
    const saga: RunningSaga = { ...acting, unwritten: [], isSuperseded: false, done: Promise.resolve() }
    running.set(id, saga)
    if (taken)
      recorder.note(saga, { step: '', kind: 'taken-over', attempt: 1, ...(taken.from && { from: taken.from }) })
    saga.done = run(saga).finally(() => running.delete(id))
  }

  /**
   * The lease lapsed, this process began a new life and took over what it was acting for itself. The call under way is left to its
   * answer (its key is the same, and the fence decides); no further one leaves under the old fence.
   */
  function supersede(current: RunningSaga, record: SagaRecord, taken?: TakenFrom): void {
    current.isSuperseded = true
    void current.done.then(() => adopt(current.database, record, taken))
  }

  async function run(saga: RunningSaga): Promise<void> {
    try {
      await drive({ ...stepCaller, turnBack }, options.definitions.of(saga.record), saga)
    } catch (error) {
      if (error instanceof NeedsAttention) return park(saga, error)
      if (error instanceof Superseded || stepCaller.signal.aborted) return
      logger.error({ saga: saga.record.id, error }, 'saga stopped; the sweep will take it up again')
    }
  }

  async function turnBack(saga: RunningSaga, reason: ErrorJson, turnedAt: number): Promise<void> {
    const { id, fence } = saga.record
    const turned = await options.turns.of(saga.database).turn({ id, fence, reason, turnedAt })
    if (!turned) throw new Superseded('it ended or was taken over before it could turn back')
    saga.record = { ...saga.record, status: 'compensating', reason, turnedAt }
  }

  async function park(saga: RunningSaga, error: NeedsAttention): Promise<void> {
    const { id, fence } = saga.record
    recorder.note(saga, { step: error.step, kind: 'parked', attempt: 1 })
    logger.error({ saga: id, error }, 'saga needs attention; resume it with: banyan sagas retry')
    try {
      await parkSaga(saga.database, { id, fence, attention: error.message, timeline: recorder.take(id) })
    } catch (fault) {
      logger.warn({ saga: id, error: fault }, 'saga could not be parked; the sweep will take it up again')
    }
  }
}
