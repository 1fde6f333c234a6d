/** What the API page shows of an OpenAPI 3.1 document. */

interface Schema {
  $ref?: string
  type?: string
  title?: string
  description?: string
  const?: unknown
  enum?: unknown[]
  items?: Schema
  anyOf?: Schema[]
  additionalProperties?: Schema | boolean
  properties?: Record<string, Schema>
}

interface Parameter {
  name: string
  in: string
  required?: boolean
  description?: string
  schema?: Schema
}

interface Operation {
  summary?: string
  description?: string
  parameters?: Parameter[]
  responses?: Record<string, { description: string; content?: Record<string, { schema?: Schema }> }>
}

export interface OpenApi {
  info: { title: string; version: string; description?: string }
  paths: Record<string, Record<string, Operation>>
  components?: { schemas?: Record<string, Schema> }
}

export interface Field {
  name: string
  type: string
  description: string
}

export interface Answer {
  status: string
  description: string
  mediaType: string
  type: string
}

export interface Call {
  method: string
  path: string
  title: string
  description: string
  parameters: Field[]
  answers: Answer[]
}

/** A schema as one would write its type: `Text`, `Channel[]`, `string | null`. */
export function typeName(schema: Schema | undefined): string {
  if (!schema) return ''
  if (schema.$ref) return schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)
  if (schema.anyOf) return schema.anyOf.map(typeName).join(' | ')
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.type === 'array') return `${typeName(schema.items)}[]`
  if (typeof schema.additionalProperties === 'object') return `{ [name]: ${typeName(schema.additionalProperties)} }`
  return schema.type ?? 'any'
}

export function calls(document: OpenApi): Call[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      title: operation.summary ?? '',
      description: operation.description ?? '',
      parameters: (operation.parameters ?? []).map((parameter) => ({
        name: parameter.name,
        type: `${typeName(parameter.schema)} (${parameter.in})`,
        description: parameter.description ?? '',
      })),
      answers: Object.entries(operation.responses ?? {}).map(([status, response]) => {
        const [mediaType, content] = Object.entries(response.content ?? {})[0] ?? ['', {}]
        return { status, description: response.description, mediaType, type: typeName(content.schema) }
      }),
    })),
  )
}

export function records(document: OpenApi): { name: string; description: string; fields: Field[] }[] {
  return Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => ({
    name,
    description: schema.description ?? '',
    fields: Object.entries(schema.properties ?? {}).map(([field, of]) => ({
      name: field,
      type: typeName(of),
      description: of.description ?? '',
    })),
  }))
}
