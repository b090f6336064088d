/** What an annotation begins with. */
export const markers = ['coco:', '@membrane'] as const;
