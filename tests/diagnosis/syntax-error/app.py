import time

def answer(question)
    return question
