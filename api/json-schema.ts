/** The forms of the contract as JSON Schema (draft 2020-12), as they are sent: fields by whoever asks, answers by the node. */
import * as z from 'zod/mini';
import { TOLD } from './fields.ts';

/** As much of JSON Schema as the contract uses. */
export type JsonSchema = {
  readonly $schema?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
};

export function jsonSchemaOf(schema: z.ZodMiniType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', metadata: TOLD }) as JsonSchema;
}

/** Without the address of the dialect, which a document has once. */
export function plain({ $schema: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
