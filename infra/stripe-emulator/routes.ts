import type { Static, TObject } from 'typebox';
import type { Context } from './context.ts';
import type { FormMap } from './form.ts';
import { parseParams } from './params.ts';

type Method = 'GET' | 'POST' | 'DELETE';

interface Definition<P extends TObject> {
  method: Method;
  /** Stripe's own template, as its OpenAPI document writes it. */
  path: string;
  params: P;
  handle: (context: Context, params: Static<P>, id: string) => object;
}

/** A request whose parameters are known to be good, not yet executed. */
export interface Prepared {
  params: unknown;
  execute: (context: Context) => object;
}

export interface Route {
  method: Method;
  path: string;
  prepare: (form: FormMap, id: string) => Prepared;
}

/** One operation of the API. Parameters are checked before anything is executed, which idempotency relies on. */
export const route = <P extends TObject>({ method, path, params, handle }: Definition<P>): Route => ({
  method,
  path,
  prepare: (form, id) => {
    const parsed = parseParams(params, form);
    return { params: parsed, execute: (context) => handle(context, parsed, id) };
  },
});
