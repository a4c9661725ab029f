/** A fetched history as text, with its payloads decoded. */
export const historyText = (history: object): string =>
  JSON.stringify(history).replace(/"data":"([^"]*)"/g, (_whole, data: string) =>
    Buffer.from(data, 'base64').toString(),
  );
