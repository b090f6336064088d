import { serve } from './lsp-main.ts';

serve();
