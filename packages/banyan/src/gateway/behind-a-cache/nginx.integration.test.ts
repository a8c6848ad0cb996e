import { describe } from 'node:test'
import { startTestNginx } from '../../testing/index.ts'
import { sharedCacheSuite } from './suite.fixture.ts'

describe('behind nginx', () => sharedCacheSuite(startTestNginx))
