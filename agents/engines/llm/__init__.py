"""The engine behind an OpenAI-compatible server: vLLM, Ollama, llama.cpp, Ray Serve LLM, OpenAI."""
