/** Under which names the parts of the web application find each other. */

/** The service that the web server looks for. */
export const service = '_database._tcp.shop';
const machine = 'database.shop';

/** The records that say where the database is. */
export function recordsOf(address: string): readonly string[] {
  const { host, port } = splitAddress(address);
  return [`${service}. 5 IN SRV 0 0 ${port} ${machine}.`, `${machine}. 5 IN A ${host}`];
}

export function splitAddress(address: string): { host: string; port: string } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: address.slice(colon + 1) };
}
