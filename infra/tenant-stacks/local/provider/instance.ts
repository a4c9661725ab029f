import { StackFailure } from '../../errors.ts';
import { folderOf, isStartable, listInstances, removeFolder, writeFolder } from '../folder.ts';
import type { InstanceInputs } from '../resources.ts';
import { databaseUrl } from '../roles.ts';
import type { ProviderContext, ResourceHandler } from './handler.ts';

async function refuseTakenHost({ host, namespace }: InstanceInputs, home: string): Promise<void> {
  const taken = (await listInstances(home)).some((other) => other.host === host && other.namespace !== namespace);
  if (taken)
    throw new StackFailure('InvalidSpec', "The instance's name is taken by another customer; choose another name.");
}

async function ensure(inputs: InstanceInputs, { home, adminUrl, gateway }: ProviderContext): Promise<object> {
  await refuseTakenHost(inputs, home);
  const { namespace, host, memoryMb, jwtSecret, deviceApiKey, licence, licencePublicKey } = inputs;
  const { company, plan, region, mode, trialEndsAt, clockOffsetMs, accountUrl, url } = inputs;
  await writeFolder(
    folderOf(home, namespace),
    { namespace, host, memoryMb },
    {
      databaseUrl: databaseUrl(inputs, adminUrl),
      ...{ jwtSecret, deviceApiKey, licence, licencePublicKey },
      ...{ company, plan, region, mode, trialEndsAt, clockOffsetMs, accountUrl, ...(url !== undefined && { url }) },
    },
  );
  await gateway.ensure(namespace);
  return {};
}

export const instanceHandler: ResourceHandler<InstanceInputs, object> = {
  secrets: ['password', 'jwtSecret', 'deviceApiKey', 'licence', 'company'],
  identity: 'namespace',
  create: ensure,
  async exists({ namespace }, { home, gateway }) {
    const [startable, known] = await Promise.all([isStartable(folderOf(home, namespace)), gateway.find(namespace)]);
    return startable && known !== undefined;
  },
  update: (inputs, _old, context) => ensure(inputs, context),
  async delete({ namespace }, { home, gateway }) {
    await gateway.stop(namespace);
    await removeFolder(folderOf(home, namespace));
  },
};
