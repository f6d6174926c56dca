"""The tables: Authlib's SQLAlchemy mixins, in a SQLite file with the durability of the others."""

import os
import sqlite3

from authlib.integrations.sqla_oauth2 import (
    OAuth2AuthorizationCodeMixin,
    OAuth2ClientMixin,
    OAuth2TokenMixin,
)
from sqlalchemy import Column, ForeignKey, Integer, String, create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import declarative_base, relationship, scoped_session, sessionmaker

Base = declarative_base()


class User(Base):
    __tablename__ = "user"

    id = Column(Integer, primary_key=True)
    username = Column(String(40), unique=True)

    def get_user_id(self) -> int:
        return self.id


class OAuth2Client(Base, OAuth2ClientMixin):
    __tablename__ = "oauth2_client"

    id = Column(Integer, primary_key=True)
    user_id = Column(Integer, ForeignKey("user.id", ondelete="CASCADE"))
    user = relationship("User")


class OAuth2AuthorizationCode(Base, OAuth2AuthorizationCodeMixin):
    __tablename__ = "oauth2_code"

    id = Column(Integer, primary_key=True)
    user_id = Column(Integer, ForeignKey("user.id", ondelete="CASCADE"))
    user = relationship("User")


class OAuth2Token(Base, OAuth2TokenMixin):
    __tablename__ = "oauth2_token"

    id = Column(Integer, primary_key=True)
    user_id = Column(Integer, ForeignKey("user.id", ondelete="CASCADE"))
    user = relationship("User")

    def is_refresh_token_active(self) -> bool:
        return not self.is_revoked()


def _settings(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 30000"):
        connection.execute(f"PRAGMA {pragma}")


def make_engine() -> Engine:
    engine = create_engine(f"sqlite:///{os.environ['BENCH_DIRECTORY']}/bench.db")
    event.listen(engine, "connect", _settings)
    return engine


session = scoped_session(sessionmaker())
