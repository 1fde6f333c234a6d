import { describe, expect, it } from 'vitest'

import { calls, type OpenApi, records, typeName } from './openapi'

const DOCUMENT: OpenApi = {
  info: { title: 'x', version: '1' },
  paths: {
    '/api/things/{id}': {
      get: {
        summary: 'Thing',
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        responses: {
          '200': { description: 'Yes', content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
          '404': { description: 'No' },
        },
      },
    },
  },
  components: {
    schemas: { Thing: { description: 'A thing.', properties: { parts: { type: 'array', items: { type: 'integer' } } } } },
  },
}

describe('an OpenAPI document', () => {
  it('becomes a list of calls with their answers', () => {
    expect(calls(DOCUMENT)).toEqual([
      {
        method: 'GET',
        path: '/api/things/{id}',
        title: 'Thing',
        description: '',
        parameters: [{ name: 'id', type: 'string (path)', description: '' }],
        answers: [
          { status: '200', description: 'Yes', mediaType: 'application/json', type: 'Thing' },
          { status: '404', description: 'No', mediaType: '', type: '' },
        ],
      },
    ])
  })

  it('becomes a list of records with their fields', () => {
    const fields = [{ name: 'parts', type: 'integer[]', description: '' }]
    expect(records(DOCUMENT)).toEqual([{ name: 'Thing', description: 'A thing.', fields }])
  })

  it('names types as one writes them', () => {
    expect(typeName({ anyOf: [{ type: 'string' }, { type: 'null' }] })).toBe('string | null')
    expect(typeName({ enum: ['a', 'b'] })).toBe('"a" | "b"')
    expect(typeName({ type: 'object', additionalProperties: { type: 'integer' } })).toBe('{ [name]: integer }')
    expect(typeName(undefined)).toBe('')
  })
})
