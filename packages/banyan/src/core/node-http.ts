/**
 * `node:http` without a module of its own: imported as one, it evaluates all that it exports, undici's WebSocket among them, and a
 * bare process holds 12 MB more (Node 24.21, 2026-11-30). Types are imported as ever.
 */
export const nodeHttp = process.getBuiltinModule('node:http')
