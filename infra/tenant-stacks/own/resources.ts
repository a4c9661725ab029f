import * as pulumi from '@pulumi/pulumi';
import type { OwnResource, ResourceTenant } from '../../product/define-resource.ts';
import { openProduct } from '../../product/open-product.ts';
import { StackFailure } from '../errors.ts';
import type { EngineProduct } from '../engine/protocol.ts';
import type { TenantSpec } from '../spec.ts';
import { actOn } from './act-on.ts';
import { PRODUCT_PACKAGE } from './install.ts';

class ProductResource extends pulumi.CustomResource {
  constructor(name: string, inputs: Readonly<Record<string, unknown>>) {
    super(`${PRODUCT_PACKAGE}:index:${name}`, name, { ...inputs, outputs: undefined });
  }
}

/** Removes everything this tenant has, whether or not Pulumi's state knows about it. */
export async function sweepOwnResources(of: EngineProduct, customerId: string): Promise<void> {
  const { stack } = await openProduct(of);
  const context = { customerId, inputs: {}, outputs: {}, settings: of.settings };
  for (const { name, delete: remove } of stack) await actOn(name, () => remove(context));
}

const tenantOf = ({ customerId, slug, plan, features, limits, region, mode, url }: TenantSpec): ResourceTenant => ({
  ...{ customerId, slug, plan, features, limits, region, mode, instanceUrl: url },
});

/**
 * The product's own resources in this tenant's stack.
 * @throws StackFailure for a tenant of another product, whose resources would be removed
 */
export async function ownResources(of: EngineProduct, spec: TenantSpec): Promise<() => void> {
  const { profile, stack } = await openProduct(of);
  if (profile.name !== spec.profile)
    throw new StackFailure('InvalidSpec', `This worker serves the product ${profile.name}, not ${spec.profile}.`);
  const living = stack.filter(({ retired = false }: OwnResource) => !retired);
  return () => {
    for (const { name, inputs } of living) {
      const tenant = tenantOf(spec);
      new ProductResource(name, { ...inputs(tenant), customerId: tenant.customerId });
    }
  };
}
