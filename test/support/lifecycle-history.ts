import type { History } from '@temporalio/common/lib/proto-utils.js';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

/** Everything a history contains, readable: its JSON, and each payload decoded. */
export function spoken(history: History): string {
  const json = JSON.stringify(JSON.parse(historyToJSON(history)));
  const payloads = [...json.matchAll(/"data":"([A-Za-z0-9+/=]+)"/g)].map(([, data]) =>
    Buffer.from(data ?? '', 'base64').toString(),
  );
  return [json, ...payloads].join('\n');
}
