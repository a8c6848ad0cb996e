import { describe } from 'node:test'
import { startTestVarnish } from '../../testing/index.ts'
import { sharedCacheSuite } from './suite.fixture.ts'

describe('behind Varnish', () => sharedCacheSuite(startTestVarnish))
