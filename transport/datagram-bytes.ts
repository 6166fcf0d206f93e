/** The most that one UDP packet over IPv4 carries. */
export const datagramBytesMax = 65_507;
