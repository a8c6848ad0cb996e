import { Command } from 'commander'
import { createOpenApi } from '../contract/index.ts'
import type { AppDefinition } from '../runtime/index.ts'

export function openapiCommand(app: AppDefinition): Command {
  return new Command('openapi').description('Prints the OpenAPI 3.1 document of the app.').action(() => {
    const document = createOpenApi({
      info: { title: app.name, version: String(app.versions.current) },
      contracts: app.services.map((service) => service.contract),
      versions: app.versions,
    })
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
  })
}
