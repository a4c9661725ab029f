/** A fetched history as text, with what its payloads hold in place of their encoding. */
export const historyText = (history: object): string =>
  JSON.stringify(history).replace(/"data":"([^"]*)"/g, (_whole, data: string) =>
    Buffer.from(data, 'base64').toString(),
  );
